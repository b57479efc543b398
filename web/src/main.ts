import './components/signpost-app';
